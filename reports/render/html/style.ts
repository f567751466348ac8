/** Style of report.html for light and dark mode, print and phones. Colour is never the only distinction. */
export const STYLE = `
:root{color-scheme:light dark;
--page:#f6f7f9;--card:#fff;--ink:#1b1f24;--soft:#57606a;--rule:#dfe3e8;--faint:#eef1f4;
--pass:#16734a;--pass-bg:#e7f5ed;--fail:#b3261e;--fail-bg:#fdecea;--doubt:#855600;--doubt-bg:#fdf3dc;--invalid:#6440b0;--invalid-bg:#f1ecfb;--never:#57606a;--never-bg:#eef1f4;
--well:#0b6bcb;--within:#4a9be8;--over:#d9730d;--far:#b3261e;
--heat-well:#d9e9fa;--heat-within:#ebf4fd;--heat-over:#fcecd9;--heat-far:#f9d8d4;
--land:#e3e7ec;--sea:#fbfcfd;--p50:#7d8893;--bar:#5b8fc7;
--waited:#8a5bb5;--name:#c7a008;--connect:#3f9b8f;--path:#8fb4dc;--server:#2f5f97}
@media screen and (prefers-color-scheme:dark){:root{
--page:#101317;--card:#181c21;--ink:#e6e9ed;--soft:#a2acb7;--rule:#2b3138;--faint:#20252b;
--pass:#56c990;--pass-bg:#12301f;--fail:#ff8a80;--fail-bg:#3b1715;--doubt:#e6b450;--doubt-bg:#33270d;--invalid:#b9a1f2;--invalid-bg:#2a2140;--never:#a2acb7;--never-bg:#20252b;
--well:#5aa9f5;--within:#2f78c0;--over:#f0a04b;--far:#ff7b6e;
--heat-well:#17324f;--heat-within:#142638;--heat-over:#3d2a12;--heat-far:#4a1d1a;
--land:#2a3038;--sea:#14181c;--p50:#8b96a2;--bar:#4a7fb8;
--waited:#b48ae0;--name:#d8b62c;--connect:#55b8ab;--path:#6d94c0;--server:#3f78ba}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.top{max-width:1180px;margin:0 auto;padding:14px 24px;display:flex;flex-wrap:wrap;gap:2px 18px;color:var(--soft);font-size:13px}
.brand{color:var(--ink);font-weight:650;letter-spacing:.02em}
main{max-width:1180px;margin:0 auto;padding:0 24px 56px}
section{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:18px 24px;margin:0 0 16px;scroll-margin-top:12px}
h1,h2,h3,h4,p,ul,dl,figure,pre{margin:0}
h2{font-size:17px;line-height:1.3;margin-bottom:10px;font-weight:650}
h3{font-size:14px;margin:16px 0 6px;font-weight:650}
h4{font-size:13px;font-weight:600;margin-bottom:4px}
small{font-size:12px;font-weight:400;color:var(--soft)}
.lead,.hint,.said{color:var(--soft);font-size:13.5px;max-width:100ch;text-wrap:pretty}
.lead{margin-bottom:12px}.hint{margin-top:12px}.said{font-size:12.5px;margin-top:2px}
.lead b,.hint b{color:var(--ink)}
.empty{color:var(--soft);padding:12px 0}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
a{color:inherit}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
pre{background:var(--faint);border-radius:8px;padding:12px 14px;overflow-x:auto}
.is-pass{--tone:var(--pass);--tone-bg:var(--pass-bg)}
.is-fail{--tone:var(--fail);--tone-bg:var(--fail-bg)}
.is-inconclusive{--tone:var(--doubt);--tone-bg:var(--doubt-bg)}
.is-invalid,.is-aborted{--tone:var(--invalid);--tone-bg:var(--invalid-bg)}
.is-infeasible{--tone:var(--never);--tone-bg:var(--never-bg)}
.chip{display:inline-block;color:var(--tone);background:var(--tone-bg);border-radius:5px;padding:0 7px;font-size:11.5px;line-height:19px;font-weight:650;letter-spacing:.03em;white-space:nowrap}

.verdict{border-top:5px solid var(--tone)}
h1{font-size:34px;line-height:1.15;letter-spacing:-.01em;color:var(--tone);font-weight:700}
.mark{display:inline-block;min-width:.9em}
.why{font-size:19px;line-height:1.4;margin-top:4px;text-wrap:balance}
.next{margin-top:10px;background:var(--tone-bg);border-radius:8px;padding:7px 13px;overflow-wrap:anywhere}
.next b{color:var(--tone);margin-right:6px}
.about{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:2px 20px;margin-top:10px;color:var(--soft);font-size:13.5px}
.about b{color:var(--ink);font-weight:600}
.tiles{list-style:none;padding:0;margin-top:12px;display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:0;border-top:1px solid var(--rule)}
.tiles li{padding:9px 16px 0;border-left:1px solid var(--rule)}
.tiles li:first-child{padding-left:0;border-left:0}
.tiles b{display:block;font-size:22px;line-height:1.25;font-weight:650}
.tiles span{color:var(--soft);font-size:12.5px;line-height:1.35;display:block}

.scroll{overflow-x:auto;margin:0 -24px;padding:0 24px}
.scroll:focus-visible,pre:focus-visible,a:focus-visible{outline:2px solid var(--well);outline-offset:2px;border-radius:6px}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600}
.matrix th,.matrix td{padding:7px 14px 7px 0;vertical-align:top;border-top:1px solid var(--rule)}
.matrix thead th{border-top:0;padding:0 14px 6px 0;font-size:13.5px}
.matrix thead small{display:block}
.matrix{table-layout:fixed;min-width:calc(190px + var(--regions)*224px)}
.matrix thead th:first-child{width:23%}
.matrix tbody th span{display:block;font-weight:400;font-size:12.5px;line-height:1.35;color:var(--soft);margin-top:1px;max-width:32ch}
.matrix tbody th em{font-weight:400;color:var(--soft);font-size:12px}
.matrix .found{display:flex;flex-wrap:wrap;gap:0 9px;align-items:baseline}
.matrix .value{font-size:13px;color:var(--soft);white-space:nowrap}
.matrix .value b{font-size:16px;color:var(--ink);font-weight:650}
.matrix td.is-fail .value b{color:var(--fail)}
.evidence{font-size:12px;color:var(--soft)}
.gauge{display:block;width:100%;max-width:230px;height:11px;margin:2px 0 1px}
.gauge .track{fill:var(--rule)}.gauge .band{fill:var(--tone);opacity:.42}
.gauge .limit{stroke:var(--ink);stroke-width:1.5;vector-effect:non-scaling-stroke}
.gauge .dot{stroke:var(--tone);stroke-width:3;vector-effect:non-scaling-stroke}
.informational .value b{font-weight:500}
.tally{display:flex;flex-wrap:wrap;gap:8px 26px;font-size:13.5px}
.tally>span{max-width:44ch}
.tally small{display:block;line-height:1.4;margin-top:2px}

nav{display:flex;flex-wrap:wrap;gap:4px 6px;margin:0 0 16px}
nav a{font-size:13px;text-decoration:none;color:var(--soft);border:1px solid var(--rule);background:var(--card);border-radius:99px;padding:3px 12px}
nav a:hover{color:var(--ink);border-color:var(--soft)}

.map{display:block;width:100%;height:auto;background:var(--sea);border-radius:8px}
.land{fill:var(--land)}
.lane{fill:none;stroke-linecap:round}
.lane.well{stroke:var(--well)}.lane.within{stroke:var(--within)}
.lane.over{stroke:var(--over);stroke-dasharray:9 5}.lane.far{stroke:var(--far);stroke-dasharray:2 4}
.map .lane{opacity:.85}.map .lane:hover{opacity:1}
.city{fill:var(--ink);stroke:var(--card);stroke-width:1.2}
.city.forbidden{fill:var(--card);stroke:var(--ink);stroke-width:1.8}
.region{fill:var(--ink);stroke:var(--card);stroke-width:1.5}
.map-label{font-size:11px;fill:var(--soft);paint-order:stroke;stroke:var(--sea);stroke-width:2.5px;stroke-linejoin:round}
.of-region{fill:var(--ink);font-weight:650}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:3px 20px;font-size:12.5px;color:var(--soft);margin-top:8px}
.legend li{display:flex;align-items:center;gap:7px}
.legend svg{flex:none}.legend b{color:var(--ink);font-weight:600}
.swatch{display:inline-block;width:14px;height:12px;border-radius:2px;flex:none}

.figures{font-size:13px}
.figures th,.figures td{padding:5px 14px 5px 0;border-top:1px solid var(--rule);white-space:nowrap}
.figures thead th{border-top:0;color:var(--soft);font-weight:500;font-size:12.5px;vertical-align:bottom}
.figures tbody th{font-weight:600}
.figures .n{text-align:right}
.heat-map th:first-child{position:sticky;left:-1px;background:var(--card);z-index:1}
.figures .words{white-space:normal;min-width:240px;color:var(--soft)}
.quiet{color:var(--soft)}
.heat.well{background:var(--heat-well)}.heat.within{background:var(--heat-within)}.heat.over{background:var(--heat-over)}.heat.far{background:var(--heat-far)}
.figures td.heat{padding-left:10px;padding-right:10px}
.sign{font-size:9px;vertical-align:1px;color:var(--soft)}
.lead .sign{font-size:12.5px;vertical-align:0;border-radius:4px;padding:1px 6px;color:var(--ink);white-space:nowrap}
.heat-map tbody td:last-child{padding-left:14px}

.plot{position:relative;margin-left:58px}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot line,.plot path,.legend path{vector-effect:non-scaling-stroke;fill:none}
.grid{stroke:var(--rule);stroke-width:1}
.tick{position:absolute;font-size:11.5px;line-height:1;color:var(--soft);white-space:nowrap}
.tick.y{right:calc(100% + 8px);transform:translateY(50%)}
.tick.x{top:calc(100% + 6px);transform:translateX(-50%)}
.note{position:absolute;font-size:11.5px;line-height:1;color:var(--soft);white-space:nowrap;padding:1px 5px;transform:translateY(100%)}
.note.left{transform:translate(-100%,100%)}
.note.middle{transform:translate(-50%,50%)}
.p99-note{color:var(--ink);font-weight:650}
.note.end{transform:translateY(50%);padding-left:7px}.note.end.low{transform:none}
.series .plot,.series .axis{margin-right:76px}
.series{margin-top:14px;break-inside:avoid}
.series h3{margin:0 0 8px}
.p99{stroke:var(--well);stroke-width:1.8;stroke-linejoin:round}
.p50{stroke:var(--p50);stroke-width:1.4;stroke-dasharray:1 3;stroke-linecap:round}
.limit-line{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:5 4}
.band-unjudged{fill:var(--faint)}.band-judged{fill:none}.band-fault{fill:var(--fail-bg)}
.hover{fill:transparent}.hover:hover{fill:var(--ink);opacity:.07}
.strip{position:relative;margin-top:7px}
.strip .plot{border-bottom:1px solid var(--rule)}
.strip .tick.y{transform:none}
.swatch.unjudged{background:var(--faint);border:1px solid var(--rule)}.swatch.fault{background:var(--fail-bg);border:1px solid var(--fail)}
.failed{fill:var(--far);background:var(--far)}.away{fill:var(--over);background:var(--over)}
.waited{fill:var(--waited);background:var(--waited)}
.strip.lag{margin-top:14px}.strip.lag .tick.y{transform:translateY(50%)}
.seen-lag{fill:var(--bar);background:var(--bar)}.reported-lag{stroke:var(--ink);stroke-width:1.6;stroke-linejoin:round}.alert{fill:var(--fail);background:var(--fail)}
.plot path.area{stroke:none}.plot path.source-primary{fill:var(--server)}.plot path.source-replica{fill:var(--path)}.plot path.source-cache{fill:var(--name)}.plot path.source-edge{fill:var(--connect)}
.swatch.source-primary{background:var(--server)}.swatch.source-replica{background:var(--path)}.swatch.source-cache{background:var(--name)}.swatch.source-edge{background:var(--connect)}
.fault-edge{stroke:var(--fail);stroke-width:1.2}
.failover{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:1 3}.recovered{stroke:var(--ink);stroke-width:1.6}
.note.mark{color:var(--ink);font-weight:600;padding:2px 4px;text-shadow:0 0 3px var(--card),0 0 3px var(--card)}
.fault-part{margin-top:10px}.fault-part h3{margin-bottom:2px}.fault-part h4{margin-top:12px}.fault-part h4 small{margin-left:6px}
.curves{margin-top:12px}.curve{margin:6px 0 26px;break-inside:avoid}.curve h4{margin-top:0}
.elsewhere{stroke:var(--well);stroke-width:2;stroke-linejoin:round}.bad-share{stroke:var(--fail);stroke-width:1.6;stroke-dasharray:5 3}
.journal .words{color:var(--ink)}.journal td:first-child{width:90px}
.fis{margin-top:10px;table-layout:fixed}.figures.fis th,.figures.fis td{white-space:normal;vertical-align:top;overflow-wrap:anywhere}
.fis th:first-child{width:25%}.fis th:nth-child(2){width:14%}.fis th:nth-child(3){width:18%}.fis th:nth-child(4){width:20%}
.fis tbody th span{display:block;font-weight:400}.fis code{display:block;font-size:11.5px;line-height:1.4;font-weight:400;color:var(--soft)}
.fis .arn{padding-left:1em;text-indent:-1em;word-break:break-all}
.fis p{font-size:12px;line-height:1.4;color:var(--soft);margin-top:2px}.fis .action+.action{margin-top:7px}
.loud{margin-top:10px;border-left:5px solid var(--tone);background:var(--tone-bg);border-radius:0 8px 8px 0;padding:7px 13px;font-size:13.5px;overflow-wrap:anywhere}
.loud b{color:var(--tone)}.loud ul{padding-left:18px}
.axis{position:relative;height:22px;margin-left:58px}
.axis .tick.x{top:6px}

.pairs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:6px 34px}
.pairs h3{margin-top:4px}
.histogram{margin:6px 0 14px;break-inside:avoid}
.histogram .plot{margin:0 6px 24px 0;border-bottom:1px solid var(--soft)}
.bar{fill:var(--bar)}.bar.beyond{fill:url(#stripes)}.stripe{fill:var(--far)}
.p99-band{fill:var(--ink);opacity:.38}.p99-mark{fill:var(--ink)}

.split .bars{width:42%;min-width:180px}
.split tbody+tbody tr:first-child>*{border-top-color:var(--soft)}
.split tbody th[rowspan]{vertical-align:top}
.bar-track{display:flex;height:14px;border-radius:3px;overflow:hidden}
.bar-track span{min-width:1px}
.part-queued{background:repeating-linear-gradient(45deg,var(--waited) 0 3px,transparent 3px 5px)}
.part-dns{background:var(--name)}
.part-connect{background:repeating-linear-gradient(90deg,var(--connect) 0 2px,transparent 2px 4px)}
.part-network{background:var(--path)}.part-server{background:var(--server)}

.facts{margin-top:16px;display:grid;gap:8px}
.facts div{display:grid;grid-template-columns:220px 1fr;gap:2px 16px;font-size:13.5px}
.facts dt{color:var(--soft)}.facts dd{margin:0}
.whole{white-space:nowrap}
.plain{padding-left:18px;font-size:13.5px;max-width:92ch}
.plain li{margin:3px 0}

@media screen and (max-width:720px){
.note.edge{display:none}
.top{padding:12px 16px}main{padding:0 10px 40px}section{padding:18px 16px;border-radius:10px}
.scroll{margin:0 -16px;padding:0 16px}
h1{font-size:28px}.why{font-size:17px}
.matrix .found{gap:0 7px}.matrix .value b{font-size:15px}
.tiles{grid-template-columns:1fr 1fr;gap:0 16px}.tiles li{padding:10px 0 0;border-left:0}.tiles b{font-size:19px}
.facts div{grid-template-columns:1fr}
.matrix,.matrix thead,.matrix tbody,.matrix tr,.matrix th,.matrix td{display:block;width:auto;min-width:0}
.matrix thead{display:none}
.matrix tbody tr{padding:11px 0;border-top:1px solid var(--rule)}
.matrix tbody:first-of-type tr:first-child{border-top:0;padding-top:0}
.matrix tbody th,.matrix tbody td{border:0;padding:0;width:auto}
.matrix tbody th span{max-width:none}
.matrix td{margin-top:9px;display:grid;grid-template-columns:auto 1fr;gap:0 10px;align-items:baseline}
.matrix td::before{content:attr(data-region);font-weight:600;font-size:13px}
.matrix td .found{justify-content:flex-end}
.matrix td .evidence{grid-column:1/-1}
.matrix td .gauge{grid-column:1/-1;max-width:none}
.matrix td.none{display:none}
.matrix td.cities{display:block}.matrix td.cities::before{content:none}
.fis,.fis tbody,.fis tr,.figures.fis th,.figures.fis td{display:block;width:auto;padding-right:0}.fis thead{display:none}
.figures.fis tbody th{padding:11px 0 0}.figures.fis tbody td{border:0;padding:7px 0 0}.figures.fis td:last-child{padding-bottom:11px}
.fis td::before{content:attr(data-name);display:block;font-size:12px;color:var(--soft)}
.plot{margin-left:48px}.axis{margin-left:48px}
.phase{display:none}.series .plot,.series .axis{margin-right:58px}
.map-label{display:none}.map-label.of-region{display:block;font-size:27px;stroke-width:6px}
.map .city{r:9px}.map .region{stroke-width:3}
}
@media print{
.matrix{min-width:0}.matrix th,.matrix td{padding-right:8px}.note.low{font-size:9px}
.pairs{grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:6px 20px}.pairs article{break-inside:avoid}
@page{margin:14mm}
:root{color-scheme:light}
body{background:#fff;font-size:12px;zoom:.88}
main,.top{max-width:none;padding:0}
section{border:0;border-top:1px solid var(--rule);border-radius:0;padding:14px 0}
nav{display:none}
.verdict{border-top:5px solid var(--tone)}
.scroll{overflow:visible;margin:0;padding:0}
.figures{font-size:9.5px}.figures th,.figures td,.figures td.heat,.heat-map tbody td:last-child{padding:3px 5px 3px 0}.figures thead th{font-size:9px;white-space:normal}
.figures .chip{font-size:8px;line-height:13px;padding:0 4px}.heat-map th:first-child{position:static;white-space:normal;overflow-wrap:anywhere;min-width:70px;max-width:110px}
.figures.fis code{font-size:8px}.figures.fis p{font-size:9px}
.split .bars{min-width:120px;width:30%}.worst td{white-space:normal}.worst code{font-size:8px}
tr,figure,.series,.histogram,.facts div{break-inside:avoid}
h2,h3,h4,.lead{break-after:avoid}
.worst code{word-break:break-all;white-space:normal}
}
`;
