export { CustomersPage } from "./page";
