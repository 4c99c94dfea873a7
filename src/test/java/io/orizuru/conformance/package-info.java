/**
 * Replays recorded exchanges of the API's reference on a running server and compares the answers.
 *
 * <p>The ledger names the steps that are answered as recorded, the deviations those that differ on purpose; anything else
 * is a failure. Knows the server by its HTTP API only.
 */
@NullMarked
package io.orizuru.conformance;

import org.jspecify.annotations.NullMarked;
