export const style = { padding: 8 };
