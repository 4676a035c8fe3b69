/** So many flows are drawn, the largest; the rest is counted. Apart from the drawing, so that a panel knows it without three.js. */
export const MOST_ARCS = 300;
