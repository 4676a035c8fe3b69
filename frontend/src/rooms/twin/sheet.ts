/**
 * A picture of the twin as a sheet to hand on: beneath it the legend, what kinds of data are in it, and when it was made.
 * The layout of the foot is pure; drawing it needs a canvas.
 */

export interface LegendEntry {
  /** As in #dd6a2d. */
  readonly colour: string;
  readonly text: string;
}

export interface Placed extends LegendEntry {
  readonly x: number;
  readonly row: number;
}

const SWATCH = 14;
const GAP = 7;
const BETWEEN = 22;
const ROW = 24;
const EDGE = 16;
const FONT = '"Pretendard Variable", "Noto Sans KR", system-ui, sans-serif';

/** The entries of a legend in rows of a width; `measure` is how wide a text is. */
export function inRows(legend: readonly LegendEntry[], width: number, measure: (text: string) => number): readonly Placed[] {
  let [x, row] = [0, 0];
  return legend.map((entry) => {
    const wide = SWATCH + GAP + measure(entry.text);
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    const placed = { ...entry, x, row };
    x += wide + BETWEEN;
    return placed;
  });
}

/** A colour of three bytes as the page and the server write it. */
export function hex(colour: readonly [number, number, number]): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** The picture with its foot. `scale` is pixels of the picture per CSS pixel. */
export async function withFoot(picture: Blob, foot: { readonly legend: readonly LegendEntry[]; readonly heading: string; readonly lines: readonly string[]; readonly dark: boolean; readonly scale: number }): Promise<Blob> {
  const image = await createImageBitmap(picture);
  const { scale, dark } = foot;
  const width = image.width / scale;
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d")!;
  const small = `450 12px ${FONT}`;
  pen.font = small;
  const placed = inRows(foot.legend, width - 2 * EDGE, (text) => pen.measureText(text).width);
  const rows = placed.length > 0 ? placed[placed.length - 1]!.row + 1 : 0;
  const head = rows > 0 ? 26 : 0;
  const height = EDGE + head + rows * ROW + foot.lines.length * 20 + EDGE - 4;
  sheet.width = image.width;
  sheet.height = image.height + Math.round(height * scale);
  const [paper, ink, soft] = dark ? ["#14171a", "#ece9e2", "#a9afb4"] : ["#f6f4ee", "#1c2126", "#565d64"];
  pen.fillStyle = paper;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(image, 0, 0);
  image.close();
  pen.scale(scale, scale);
  pen.translate(EDGE, sheet.height / scale - height + EDGE);
  pen.textBaseline = "middle";
  const widest = width - 2 * EDGE;
  if (rows > 0) {
    pen.font = `650 12px ${FONT}`;
    pen.fillStyle = ink;
    pen.fillText(foot.heading, 0, 8, widest);
  }
  pen.font = small;
  for (const { colour, text, x, row } of placed) {
    const y = head + row * ROW;
    pen.fillStyle = colour;
    pen.fillRect(x, y, SWATCH, SWATCH);
    pen.strokeStyle = soft;
    pen.lineWidth = 0.75;
    pen.strokeRect(x, y, SWATCH, SWATCH);
    pen.fillStyle = ink;
    pen.fillText(text, x + SWATCH + GAP, y + SWATCH / 2, widest);
  }
  pen.fillStyle = soft;
  foot.lines.forEach((line, i) => pen.fillText(line, 0, head + rows * ROW + 8 + i * 20, widest));
  return new Promise((resolve, reject) => sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the sheet could not be written"))), "image/png"));
}

export async function asDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error("the picture could not be read"));
    reader.readAsDataURL(blob);
  });
}
