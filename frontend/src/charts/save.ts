/** What a chart gives away: its data as CSV, its drawing as SVG or PNG. The text parts are pure. */

export type Cell = string | number | null;

export interface Sheet {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** RFC 4180, with a mark that tells a spreadsheet it is UTF-8. A text that a spreadsheet would run is written as text. */
export function csvOf({ heads, rows }: Sheet): string {
  return `\ufeff${[heads, ...rows].map((row) => row.map(cellOf).join(",")).join("\r\n")}\r\n`;
}

function cellOf(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A file name of a title: letters of any script, digits and hyphens. */
export function fileNameOf(title: string, ending: string): string {
  const bare = title.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${bare || "chart"}.${ending}`;
}

const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-opacity", "opacity", "font-size", "font-weight", "text-anchor", "dominant-baseline"];

/** A drawing that stands alone: what the page's style gave it is written into it, on the page's paper. */
export function svgOf(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const [from, to] = [drawing, copy].map((one) => [one, ...one.querySelectorAll<SVGElement>("*")]) as [SVGElement[], SVGElement[]];
  from.forEach((element, n) => {
    const style = getComputedStyle(element);
    for (const name of KEPT) to[n]!.style.setProperty(name, style.getPropertyValue(name));
    to[n]!.removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.style.fontFamily = "'Pretendard Variable', 'Noto Sans KR', sans-serif";
  copy.style.background = getComputedStyle(drawing.ownerDocument.body).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

/** The drawing as a picture, twice as fine as on the screen. */
export async function pngOf(drawing: SVGSVGElement): Promise<Blob> {
  const { width, height } = drawing.getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(drawing))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * 2), Math.round(height * 2)];
  const brush = canvas.getContext("2d")!;
  brush.fillStyle = getComputedStyle(document.body).backgroundColor;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"));
}

/** Hands a file to whoever looks at the page. */
export function download(name: string, content: string | Blob, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
