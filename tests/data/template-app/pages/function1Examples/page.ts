export class CustomersPage {
  model = "models.Customer";
}
