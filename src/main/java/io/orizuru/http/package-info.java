/**
 * The manners of the API, once for all operations: versions and aliases, authentication, permissions, the three ways of
 * input, errors, streams, and the description that is derived from the operations' annotations. Knows no feature.
 */
package io.orizuru.http;
