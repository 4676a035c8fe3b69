/** A length on the ground that is easy to read, and the pixels it takes. */

export interface ScaleBar {
  readonly metres: number;
  readonly px: number;
}

/** The longest of 1, 2, 5, 10 … metres that fits into so many pixels. */
export function scaleBar(metresPerPx: number, widestPx: number): ScaleBar | null {
  if (!Number.isFinite(metresPerPx) || metresPerPx <= 0 || widestPx <= 0) return null;
  const most = metresPerPx * widestPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((step) => step * power <= most * (1 + 1e-9)) ?? 1) * power;
  return { metres, px: metres / metresPerPx };
}

/** 500 m, 2 km. */
export function lengthText(metres: number): string {
  return metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
}
