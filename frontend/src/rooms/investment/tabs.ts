/** Which part of the room an address names: a part by its name, or the part in which a thing stands. Pure. */

export type Tab = "stages" | "agreements" | "facilities" | "permits" | "calls";

const OF_TYPE: readonly (readonly [string, Tab])[] = [
  [":Agreement:", "agreements"],
  [":Commitment:", "agreements"],
  [":Facility:", "facilities"],
  [":Permit:", "permits"],
  [":Call:", "calls"],
];

export function tabOf(id: string | null): Tab {
  if (id === "agreements" || id === "facilities" || id === "permits" || id === "calls") return id;
  return OF_TYPE.find(([type]) => id?.includes(type))?.[1] ?? "stages";
}
