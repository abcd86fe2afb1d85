/** Style and script of the page that shows the API; colours are the product's own. */

export const DOCS_STYLE = `
.docs{display:grid;grid-template-columns:19rem minmax(0,1fr);max-width:84rem;margin:0 auto}
.docs a{color:var(--accent);text-decoration:none}
.docs a:hover,.docs-main a{text-decoration:underline;text-underline-offset:2px}
.docs code{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.8125rem;overflow-wrap:anywhere}
.docs-nav{position:sticky;top:0;height:100dvh;overflow:auto;padding:1.25rem 1rem;border-right:1px solid var(--border-color)}
.docs .docs-brand{display:block;margin-bottom:1rem;font-weight:600;font-size:1rem;color:var(--text)}
.docs-filter input{width:100%;padding:.4rem .6rem;border:1px solid var(--control);border-radius:.25rem;background:var(--surface);color:var(--text)}
.docs-group{margin-top:1.25rem}
.docs-group h2{color:var(--muted);font-size:.75rem;margin-bottom:.25rem}
.docs-group ul{list-style:none;margin:0;padding:0}
.docs-nav li a{display:flex;gap:.5rem;align-items:baseline;padding:.25rem .375rem;border-radius:.25rem;color:var(--text)}
.docs-nav li a:hover{background:var(--hover);text-decoration:none}
.docs-main{padding:2rem 2.5rem 6rem;min-width:0}
.docs-main header p{max-width:44rem;margin-top:.75rem}
.docs-main h1{font-size:1.75rem;line-height:2.25rem}
.docs-lead{color:var(--muted);font-size:1rem}
.docs-section{margin-top:2.5rem;font-size:1.125rem;line-height:1.5rem}
.docs-muted{color:var(--muted)}
.docs-card{margin-top:.5rem;border:1px solid var(--border-color);border-radius:.5rem;background:var(--surface);scroll-margin-top:1rem}
.docs-card[open]{box-shadow:0 1px 3px var(--shadow-color)}
.docs-card>summary{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline;padding:.6rem .9rem;cursor:pointer;list-style:none;border-radius:.5rem}
.docs-card>summary::-webkit-details-marker{display:none}
.docs-card>summary:hover{background:var(--hover)}
.docs .docs-path{font-weight:600}
.docs-method{flex:none;width:3.75rem;font:600 .6875rem/1.25rem ui-monospace,SFMono-Regular,Menlo,monospace;color:var(--info)}
.docs-nav .docs-method{width:3rem}
.docs-post{color:var(--success)}
.docs-patch,.docs-put{color:var(--warning)}
.docs-delete{color:var(--danger)}
.docs-needs{margin-left:auto;padding:0 .5rem;border-radius:1rem;background:var(--sunken);color:var(--muted);font-size:.75rem}
.docs-body{padding:.25rem .9rem 1rem;border-top:1px solid var(--border-color)}
.docs-body>p,.docs-body>div{margin-top:.75rem}
.docs-body h3{margin:1rem 0 .375rem;font-weight:600;font-size:.8125rem}
.docs-scroll{overflow-x:auto}
.docs table{width:100%;border-collapse:collapse}
.docs th,.docs td{padding:.375rem .75rem .375rem 0;border-top:1px solid var(--border-color);text-align:left;vertical-align:top;font-weight:400}
.docs tr:first-child>th,.docs tr:first-child>td{border-top:0}
.docs th{width:1%;white-space:nowrap;padding-right:1.25rem}
.docs td:nth-child(2){width:1%;white-space:nowrap}
.docs-limits{margin-left:.5rem;color:var(--muted)}
.docs .docs-pattern{display:block;color:var(--faint)}
.docs pre{margin-top:.5rem;padding:.75rem;overflow-x:auto;border-radius:.375rem;background:var(--sunken);font:.8125rem/1.25rem ui-monospace,SFMono-Regular,Menlo,monospace}
.docs-example{margin-top:.25rem}
.docs-example summary{width:fit-content;color:var(--muted);cursor:pointer}
.docs-example summary:hover{color:var(--text)}
.docs-example pre{max-height:24rem;overflow:auto}
.docs-steps{max-width:56rem}
.docs-steps>p,.docs-steps ol{margin-top:.75rem}
.docs-steps ol{padding-left:1.25rem;list-style:decimal}
.docs-steps li{margin-top:.75rem}
.docs-answers{list-style:none;margin:0;padding:0}
.docs-answers li{display:flex;gap:.9rem;padding:.375rem 0;border-top:1px solid var(--border-color)}
.docs-answers li>div{min-width:0;flex:1}
.docs-answers li:first-child{border-top:0}
.docs-status{flex:none;width:2.5rem;font-weight:600;color:var(--success)}
.docs-s3{color:var(--info)}
.docs-s4{color:var(--warning)}
.docs-s5{color:var(--danger)}
.docs-fields{color:var(--faint);font-size:.75rem}
@media (max-width:56rem){
.docs{grid-template-columns:minmax(0,1fr)}
.docs-nav{position:static;height:auto;max-height:60dvh;border-right:0;border-bottom:1px solid var(--border-color)}
.docs-nav:not(:focus-within) .docs-group{display:none}
.docs-answers li{gap:.5rem}
.docs-main{padding:1.25rem 1rem 4rem}
.docs tr,.docs th,.docs td,.docs tbody{display:block;width:auto}
.docs tr{padding:.5rem 0;border-top:1px solid var(--border-color)}
.docs tr:first-child{border-top:0}
.docs th,.docs td,.docs td:nth-child(2){padding:0;border:0;width:auto;white-space:normal}
.docs th{display:inline-block;margin-right:.75rem}
.docs td:nth-child(2){display:inline-block}
.docs td table{margin-left:.75rem}
}
`;

/** Filters operations, opens what the address names, and says where the API is. */
export const DOCS_SCRIPT = `
const filter = document.getElementById("docs-filter");
const items = [...document.querySelectorAll("[data-find]")];
filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const item of items) item.hidden = !words.every((word) => item.dataset.find.includes(word));
  for (const group of document.querySelectorAll(".docs-group:has(li), .docs-main section:has(> [data-find])")) {
    group.hidden = !group.querySelector("[data-find]:not([hidden])");
  }
});
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.scrollIntoView({ block: "start" });
};
for (const each of document.querySelectorAll("[data-origin]")) each.textContent = location.origin;
addEventListener("hashchange", open);
open();
`;
