-- Run once, when the server's folder is made. Roles may connect to Kith's own database alone:
-- what they may do in it is settled by 'kith install schemas'.
revoke connect on database postgres from public;
revoke connect on database template1 from public;
