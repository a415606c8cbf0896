/** The pieces of a layout that stand for something. */
export const layoutPiece =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|_2(?!006)|002|0[1-6]|15|-07:00|-0700|-07|Z07:00|Z0700|PM|pm|[.,](?:0+|9+)(?!\d)|[1-5]/g;
