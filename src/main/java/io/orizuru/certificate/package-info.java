/**
 * What a certificate and its private key must be so that a router can show them for a name: that they are readable, belong
 * together, are of a kind that clients take, cover the name, and are not over. Pure: it knows no apps, no database and no clock.
 */
@org.jspecify.annotations.NullMarked
package io.orizuru.certificate;
