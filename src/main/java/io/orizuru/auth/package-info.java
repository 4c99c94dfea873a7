/** Logging in and out, and the credentials that come of it: sessions, API keys, the tokens of apps. */
package io.orizuru.auth;
