/** An overlay that lies over the picture as long as it is wanted. Its code comes in when it is first wanted. */

import type { Overlay } from "../../twin/stage";
import type { TwinSession } from "./session.svelte";

export class Laid<O extends Overlay> {
  overlay = $state.raw<O | null>(null);

  constructor(session: TwinSession, wanted: () => boolean, make: () => Promise<O>) {
    const want = $derived(wanted());
    $effect(() => {
      const { twin } = session;
      if (!twin || !want) return;
      let [gone, made]: [boolean, O | null] = [false, null];
      void make().then((overlay) => {
        if (gone) return;
        made = overlay;
        twin.add(overlay);
        this.overlay = overlay;
      });
      return () => {
        gone = true;
        if (made) twin.remove(made);
        this.overlay = null;
      };
    });
  }
}
