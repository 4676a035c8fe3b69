/** Days to a due date, in words. */

import { t } from "../../i18n";

export function daysText(days: number): string {
  if (days < 0) return t("days.past", { n: -days });
  return days === 0 ? t("days.today") : t("days.left", { n: days });
}
