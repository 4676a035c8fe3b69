/** Hours of a day and lengths of sun as people write them. Pure. */

/** 9.5 as 09:30. */
export function clockText(hour: number): string {
  const minutes = Math.round(hour * 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** 09:30 as 9.5; null for what is no time of day. */
export function hourIn(text: string): number | null {
  const found = /^(\d{1,2}):(\d{2})/.exec(text);
  return found && Number(found[1]) < 24 && Number(found[2]) < 60 ? Number(found[1]) + Number(found[2]) / 60 : null;
}

/** Minutes as hours and minutes. */
export function hoursAndMinutes(minutes: number): { readonly sign: string; readonly h: number; readonly m: number } {
  const whole = Math.round(Math.abs(minutes));
  return { sign: minutes < 0 && whole > 0 ? "\u2212" : "", h: Math.floor(whole / 60), m: whole % 60 };
}
