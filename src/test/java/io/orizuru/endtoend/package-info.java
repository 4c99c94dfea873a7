/**
 * The packaged server proven from outside: real processes, real HTTP, requests as the {@code tsuru} client sends them. Looks
 * into the database and the data directory only to show that nothing is left behind or lies open.
 */
@NullMarked
package io.orizuru.endtoend;

import org.jspecify.annotations.NullMarked;
