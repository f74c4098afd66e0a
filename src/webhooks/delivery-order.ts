/** What a webhook wants its deliveries in the order of: one at a time, each after the one before it has ended. */
export const DELIVERY_ORDERS = ['none', 'collection', 'alias'] as const
export type DeliveryOrder = (typeof DELIVERY_ORDERS)[number]
