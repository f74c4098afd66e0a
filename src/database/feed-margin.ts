/**
 * More transactions than there can have been between a dump and the loss of the database it was taken from: readers of
 * the feed may have got as far as the last of them.
 */
export const FEED_MARGIN = 2 ** 32
