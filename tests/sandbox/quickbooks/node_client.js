// What somebody with node-quickbooks does in a day; prints one JSON object with what it saw.
// Arguments: base URL, client id, secret, realm, refresh token.
const { promisify } = require('util');
const QuickBooks = require('node-quickbooks');

const [base, id, secret, realm, refresh] = process.argv.slice(2);
QuickBooks.V3_ENDPOINT_BASE_URL = base + '/v3/company/';
QuickBooks.TOKEN_URL = base + '/oauth2/v1/tokens/bearer';
QuickBooks.REVOKE_URL = base + '/v2/oauth2/tokens/revoke';
const qbo = new QuickBooks(id, secret, 'none', false, realm, true, false, 75, '2.0', refresh);
const call = (name, ...args) => promisify(qbo[name]).apply(qbo, args);
const sale = (customer, amount) => ({
  CustomerRef: { value: customer },
  BillEmail: { Address: 'bills@cafe.example' },
  Line: [{
    Amount: amount,
    DetailType: 'SalesItemLineDetail',
    SalesItemLineDetail: { ItemRef: { value: '2' } },
  }],
});

async function main() {
  const seen = {};
  await call('refreshAccessToken');
  const customer = await call('createCustomer', { DisplayName: "Joe's Café" });
  const invoices = [];
  for (const amount of [10, 20, 30, 40, 50]) {
    invoices.push(await call('createInvoice', sale(customer.Id, amount)));
  }
  const twice = [];
  for (let i = 0; i < 2; i += 1) {
    const body = { ...sale(customer.Id, 60), requestId: 'intent-1' };
    twice.push((await call('createInvoice', body)).Id);
  }
  seen.replayed = twice[0] === twice[1];
  await call('createPayment', {
    CustomerRef: { value: customer.Id },
    TotalAmt: 15,
    Line: [{ Amount: 10, LinkedTxn: [{ TxnId: invoices[0].Id, TxnType: 'Invoice' }] }],
  });
  await call('createCreditMemo', sale(customer.Id, 5));
  seen.byName = (await call('findCustomers', { DisplayName: "Joe's Café" }))
    .QueryResponse.Customer.map((row) => row.Id);
  const open = [
    { field: 'Balance', value: '0', operator: '>' },
    { field: 'limit', value: 2 },
    { field: 'fetchAll', value: true },
    { field: 'desc', value: 'Id' },
  ];
  seen.open = (await call('findInvoices', open)).QueryResponse.Invoice.map((row) => row.TotalAmt);
  seen.count = (await call('findInvoices', { count: true })).QueryResponse.totalCount;
  seen.paid = (await call('getInvoice', invoices[0].Id)).Balance;
  const head = { Id: invoices[1].Id, SyncToken: '0' };
  const noted = await call('updateInvoice', { ...head, PrivateNote: 'Reminder 1' });
  seen.noted = [noted.PrivateNote, noted.SyncToken, noted.TotalAmt];
  try {
    await call('updateInvoice', { ...head, PrivateNote: 'again' });
  } catch (error) {
    seen.stale = error.response.data.Fault.Error[0].code;
  }
  const sent = await call('sendInvoicePdf', invoices[2].Id, 'test@me.example');
  seen.sent = [sent.EmailStatus, sent.BillEmail.Address];
  try {
    await call('sendInvoicePdf', invoices[2].Id, 'test+1@me.example');
  } catch (error) {
    seen.plus = [error.response.status, error.response.data.Fault.Error[0].code];
  }
  seen.pdf = Buffer.from(await call('getInvoicePdf', invoices[2].Id)).subarray(0, 5).toString();
  const items = [
    { bId: '1', operation: 'create', Customer: { DisplayName: 'Another' } },
    { bId: '2', Query: 'select count(*) from Customer' },
    { bId: '3', operation: 'update', Invoice: { ...head, sparse: true } },
  ];
  seen.batch = (await call('batch', items)).BatchItemResponse.map((item) => Object.keys(item)[1]);
  await call('deleteInvoice', invoices[4].Id);
  const voided = await call('voidInvoice', invoices[3].Id);
  seen.voided = voided.Invoice.Balance;
  const changes = await call('changeDataCapture', ['Invoice', 'Payment'], '2026-11-20T00:00:00Z');
  seen.deleted = changes.CDCResponse[0].QueryResponse[0].Invoice
    .filter((row) => row.status === 'Deleted').map((row) => row.Id === invoices[4].Id);
  await call('revokeAccess', true);
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  const data = error.response ? JSON.stringify(error.response.data) : '';
  process.stderr.write(`${error.stack} ${data}\n`);
  process.exit(1);
});
