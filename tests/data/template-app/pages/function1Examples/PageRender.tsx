export const PageRender = () => <main>Customers</main>;
