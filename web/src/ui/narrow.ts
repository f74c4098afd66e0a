/** Where the screen is so narrow that the menu is not beside the page but over it. */
export const NARROW = '(max-width: 47.99em)'
