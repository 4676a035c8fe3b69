/** What can show that something agreed was done. */
export const EVIDENCE = ["Dataset", "Announcement", "Agreement", "Study", "Decision", "Meeting", "Claim"] as const;
