/** Which number's 산출근거 is open. One drawer for the whole page. */
class OpenedNumber {
  address = $state<string | null>(null);
  /** What the number stands for, shown while the server's answer is on its way. */
  label = $state("");
  shown = $state("");

  open(address: string, label: string, shown: string): void {
    this.label = label;
    this.shown = shown;
    this.address = address;
  }

  close(): void {
    this.address = null;
  }
}

export const openedNumber = new OpenedNumber();
