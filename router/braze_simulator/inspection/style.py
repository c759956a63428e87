"""The page's style sheet: one column, quiet tables, light and dark by the reader's own setting."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1d1f24; --soft: #5d6470; --line: #e2dfd9; --accent: #8a3a12;
  --cloud: #1f5fa8; --device: #2c7a4b; --bad: #b3261e; --field: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --card: #1d2025; --ink: #e8e6e1; --soft: #a0a6b0; --line: #32363d; --accent: #f0a27a;
    --cloud: #7db5f5; --device: #79cf9b; --bad: #ff8a80; --field: #24282e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 400 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", sans-serif;
}
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
a:focus-visible, input:focus-visible, button:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px;
}
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem .8rem; z-index: 1; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -.015em; font-weight: 650; margin: 0 0 .2rem; }
h1 a { color: inherit; text-decoration: none; }
h2 { font-size: 1.02rem; font-weight: 650; margin: 0 0 .7rem; letter-spacing: -.005em; }
.lead { color: var(--soft); margin: 0 0 1.6rem; max-width: 44rem; }
.numbers { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: 0 0 1.6rem; padding: 0; list-style: none; }
.numbers b { font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; display: block; line-height: 1.2; }
.numbers span { color: var(--soft); font-size: .84rem; }
.numbers .alarm b { color: var(--bad); }
form { display: flex; gap: .6rem; flex-wrap: wrap; align-items: end; margin: 0 0 2rem; }
label { font-size: .84rem; color: var(--soft); flex: 1 1 20rem; max-width: 34rem; }
input {
  display: block; width: 100%; margin-top: .25rem; padding: .5rem .7rem; font: inherit; color: inherit;
  background: var(--field); border: 1px solid var(--line); border-radius: 6px;
}
button {
  font: inherit; font-weight: 600; padding: .5rem 1.1rem; border: 1px solid var(--ink); border-radius: 6px;
  background: var(--ink); color: var(--paper); cursor: pointer;
}
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem 1.3rem; margin: 0 0 1.2rem; }
.pair { display: grid; gap: 0 1.2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .8rem; padding: .2rem .9rem .4rem 0; white-space: nowrap; }
td { border-top: 1px solid var(--line); padding: .42rem .9rem .42rem 0; vertical-align: top; font-variant-numeric: tabular-nums; }
td:last-child, th:last-child { padding-right: 0; }
td code { overflow-wrap: anywhere; }
time { white-space: nowrap; }
code { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .35rem 1.2rem; margin: 0; font-size: .93rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.badge {
  font-size: .76rem; font-weight: 600; padding: .1rem .5rem; border: 1px solid currentcolor; border-radius: 99px;
  white-space: nowrap;
}
.cloud { color: var(--cloud); }
.device { color: var(--device); }
.twice, .applied-late { color: var(--bad); }
.empty { color: var(--soft); margin: 0; }
footer { color: var(--soft); font-size: .84rem; padding-top: .6rem; padding-bottom: 3rem; }
"""
