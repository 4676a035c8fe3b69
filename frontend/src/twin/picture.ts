/** A picture of what is seen, as a file: the 3D drawing, the names written over it, whose data they are, and a title. */

import type { Pane } from "../geometry/panes";
import type { WrittenLabel } from "./labels";

export interface PictureText {
  readonly title?: string;
  /** Whose data are seen; written at the foot. */
  readonly attribution?: string;
  /** What is written in the corner of each pane. */
  readonly captions?: Readonly<Partial<Record<Pane["side"], string>>>;
  readonly dark: boolean;
}

const FONT = '"Pretendard Variable", "Noto Sans KR", system-ui, sans-serif';

/** Draws the canvas as it is now, and the words, onto one sheet; `scale` is canvas pixels per CSS pixel. */
export function composed(canvas: HTMLCanvasElement, scale: number, panes: readonly Pane[], labels: readonly WrittenLabel[], text: PictureText): HTMLCanvasElement {
  const foot = text.attribution ? 26 : 0;
  const head = text.title ? 46 : 0;
  const sheet = document.createElement("canvas");
  sheet.width = canvas.width;
  sheet.height = canvas.height + (foot + head) * scale;
  const pen = sheet.getContext("2d")!;
  const width = canvas.width / scale;
  const height = canvas.height / scale;
  const ink = text.dark ? "#ece9e2" : "#1c2126";
  const paper = text.dark ? "#14171a" : "#f6f4ee";
  pen.scale(scale, scale);
  pen.fillStyle = paper;
  pen.fillRect(0, 0, width, height + foot + head);
  pen.drawImage(canvas, 0, head, width, height);
  if (text.title) write(pen, text.title, { x: 16, y: head / 2, font: `650 19px ${FONT}`, colour: ink, align: "left", widest: width - 32 });
  pen.save();
  pen.translate(0, head);
  for (const pane of panes) {
    const caption = text.captions?.[pane.side];
    const { scissor: s } = pane;
    if (panes.length > 1 && pane !== panes[0]) {
      pen.fillStyle = text.dark ? "#79828a" : "#8b8d89";
      if (s.x > 0) pen.fillRect(s.x - 0.5, s.y, 1, s.height);
      else pen.fillRect(s.x, s.y - 0.5, s.width, 1);
    }
    if (caption) write(pen, caption, { x: s.x + 14, y: s.y + 20, font: `650 15px ${FONT}`, colour: ink, halo: paper, align: "left", widest: s.width - 28 });
  }
  for (const label of labels) writeLabel(pen, label, ink, paper);
  pen.restore();
  if (text.attribution) {
    write(pen, text.attribution, { x: width - 12, y: head + height + foot / 2, font: `450 11px ${FONT}`, colour: ink, align: "right", widest: width - 24 });
  }
  return sheet;
}

/** The sheet as a PNG. */
export function asPng(sheet: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be written"))), "image/png");
  });
}

function writeLabel(pen: CanvasRenderingContext2D, label: WrittenLabel, ink: string, paper: string): void {
  if (label.kind === "name") {
    write(pen, label.text, { x: label.x, y: label.y - 8, font: `550 10.8px ${FONT}`, colour: ink, halo: paper, align: "center" });
    return;
  }
  const font = `650 11.7px ${FONT}`;
  pen.font = font;
  const width = pen.measureText(label.text).width + 16;
  pen.fillStyle = label.kind === "selected" ? "#f0be3c" : "#dd6a2d";
  pen.beginPath();
  pen.roundRect(label.x - width / 2, label.y - 32, width, 21, 7);
  pen.fill();
  pen.fillRect(label.x - 1, label.y - 12, 2, 12);
  write(pen, label.text, { x: label.x, y: label.y - 21, font, colour: "#1c130c", align: "center" });
}

interface Writing {
  readonly x: number;
  readonly y: number;
  readonly font: string;
  readonly colour: string;
  readonly halo?: string;
  readonly align: CanvasTextAlign;
  readonly widest?: number;
}

function write(pen: CanvasRenderingContext2D, text: string, { x, y, font, colour, halo, align, widest }: Writing): void {
  pen.font = font;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  if (halo) {
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = halo;
    pen.strokeText(text, x, y, widest);
  }
  pen.fillStyle = colour;
  pen.fillText(text, x, y, widest);
}
