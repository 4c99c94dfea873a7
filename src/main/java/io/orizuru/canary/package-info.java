/**
 * Whether a version that gets a part of an app's requests does as well as those before it: what is allowed, what was measured,
 * and what follows. Pure: it knows no apps, no database and no clock.
 */
@org.jspecify.annotations.NullMarked
package io.orizuru.canary;
