/**
 * Quotas: how many apps a user and a team may own, how many units an app may have. What is in use is counted, never
 * kept, so that nothing has to be given back; whoever takes of a quota holds its row until the end of the transaction.
 */
package io.orizuru.quota;
