/** The reader's choices, kept in this browser: language and theme. */

import { speak } from "../api/client";
import type { Language } from "../format/number";

export type Theme = "auto" | "light" | "dark";

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
}

function firstLanguage(): Language {
  const kept = stored("madang.language");
  if (kept === "ko" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");

class Settings {
  language = $state<Language>(firstLanguage());
  theme = $state<Theme>((stored("madang.theme") as Theme | null) ?? "auto");
  #systemDark = $state(dark.matches);

  constructor() {
    dark.addEventListener("change", (event) => (this.#systemDark = event.matches));
    this.#apply();
  }

  get isDark(): boolean {
    return this.theme === "dark" || (this.theme === "auto" && this.#systemDark);
  }

  setLanguage(language: Language): void {
    this.language = language;
    store("madang.language", language);
    this.#apply();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    store("madang.theme", theme);
    this.#apply();
  }

  #apply(): void {
    const root = document.documentElement;
    root.lang = this.language;
    if (this.theme === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = this.theme;
    speak(this.language);
  }
}

export const settings = new Settings();
