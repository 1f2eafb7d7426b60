"use strict";
// Makes the figures of the page zoomable where plotly's script stands beside it. Without it, and on
// paper, the drawings that are in the page already are what one sees.
(() => {
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const roles = { equity: "--blue", held: "--faint", drawdown: "--down", long: "--blue", short: "--orange" };

  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;"); // plotly reads tags

  const times = (steps) => {
    let at = 0;
    return steps.map((step) => new Date((at += step)));
  };

  const trace = (series, axis) => {
    const line = { color: colour(roles[series.role]), width: 1.5 };
    const shared = { name: series.name, x: times(series.t), y: series.v, yaxis: axis };
    if (series.kind === "dots") {
      return { ...shared, type: "scatter", mode: "markers", marker: { color: line.color, size: 5, opacity: 0.6 } };
    }
    if (series.role === "held") line.dash = "dash";
    const filled = { fill: "tozeroy", fillcolor: `${line.color}29` };
    return { ...shared, type: "scatter", mode: "lines", line, ...(series.kind === "area" ? filled : {}) };
  };

  const layout = (panels) => {
    const whole = panels.reduce((sum, panel) => sum + panel.share, 0);
    const axis = { gridcolor: colour("--grid"), linecolor: colour("--edge"), zeroline: false };
    const made = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
      font: { color: colour("--faint"), family: getComputedStyle(document.body).fontFamily, size: 12 },
      margin: { l: 74, r: 8, t: 30, b: 34 }, legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--faint"), activecolor: colour("--blue") },
      xaxis: { ...axis, type: "date", anchor: panels.length > 1 ? `y${panels.length}` : "y" },
    };
    let top = 1;
    panels.forEach((panel, place) => {
      const bottom = Math.max(0, top - panel.share / whole);
      const name = place ? `yaxis${place + 1}` : "yaxis";
      made[name] = {
        ...axis, title: { text: plain(`${panel.title} ${panel.unit}`) },
        exponentformat: "none", separatethousands: true,
        domain: [bottom + (bottom > 0 ? 0.06 : 0), top],
      };
      top = bottom;
    });
    return made;
  };

  const show = () => {
    const figures = JSON.parse(document.getElementById("figures").textContent);
    for (const place of document.querySelectorAll("[data-figure]")) {
      const panels = figures[place.dataset.figure].panels;
      const traces = panels.flatMap((panel, at) =>
        panel.series.map((series) => trace(series, at ? `y${at + 1}` : "y")));
      place.parentElement.classList.add("zoomable");
      window.Plotly.react(place, traces, layout(panels), {
        responsive: true, displaylogo: false,
        modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
      });
    }
  };

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
  if (!window.Plotly) return;
  try {
    show();
  } catch (fault) {
    for (const figure of document.querySelectorAll(".zoomable")) figure.classList.remove("zoomable");
    console.error(fault);
    return;
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
})();
