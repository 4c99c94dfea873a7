/**
 * A real server process for end-to-end tests. Knows the packaged program, its settings and its HTTP API; nothing of its
 * classes.
 */
@NullMarked
package io.orizuru.testing;

import org.jspecify.annotations.NullMarked;
