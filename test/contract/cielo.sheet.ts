/** Every member that the sheet prints for a sale, a code and a slip, with what it may hold. */
export const members: Readonly<Record<string, RegExp>> = {
  MerchantOrderId: /^[A-Za-z0-9]{1,50}$/,
  'Customer.Name': /^.{1,255}$/,
  'Customer.Identity': /^[0-9A-Z]{11,14}$/,
  'Customer.IdentityType': /^(CPF|CNPJ)$/,
  'Customer.Email': /^.{1,255}$/,
  'Customer.Address.Street': /^.+$/,
  'Customer.Address.Number': /^.+$/,
  'Customer.Address.Complement': /^.+$/,
  'Customer.Address.ZipCode': /^\d{8}$/,
  'Customer.Address.District': /^.+$/,
  'Customer.Address.City': /^.+$/,
  'Customer.Address.State': /^[A-Z]{2}$/,
  'Customer.Address.Country': /^BRA$/,
  'Payment.Type': /^((Credit|Debit)Card|Pix|Boleto)$/,
  'Payment.Provider': /^(Cielo2|Simulado)$/,
  'Payment.QrCode.Expiration': /^[1-9]\d{0,4}$/,
  'Payment.ExpirationDate': /^\d{4}-\d\d-\d\d$/,
  'Payment.Instructions': /^.+$/,
  'Payment.Amount': /^[1-9]\d{0,14}$/,
  'Payment.Currency': /^BRL$/,
  'Payment.Installments': /^[1-9]\d?$/,
  'Payment.Capture': /^(true|false)$/,
  'Payment.Authenticate': /^true$/,
  'Payment.ReturnUrl': /^https:/,
  'Payment.SoftDescriptor': /^[A-Za-z0-9 ]{1,13}$/,
  'Payment.Card.CardNumber': /^\d{13,19}$/,
  'Payment.Card.Holder': /^[A-Za-z .'-]{1,25}$/,
  'Payment.Card.ExpirationDate': /^\d\d\/\d{4}$/,
  'Payment.Card.SecurityCode': /^\d{3,4}$/,
  'Payment.Card.Brand': /^[A-Z][A-Za-z]+$/,
};
/** The members of a body by their paths, whichever card it is. */
export const leaves = (value: object, at = ''): readonly [string, string][] =>
  Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = `${at}${name}`.replace(/\.(Credit|Debit)Card$/, '.Card');
    return typeof inner === 'object' && inner !== null ? leaves(inner, `${path}.`) : [[path, String(inner)]];
  });
