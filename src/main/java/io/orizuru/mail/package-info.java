/**
 * Mail to people: what is posted in a transaction is delivered after it, at least once, whichever server is left to do it. By
 * SMTP, or into a directory where no mail server is set. Knows no feature.
 */
package io.orizuru.mail;
