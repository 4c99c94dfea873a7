/**
 * When how many units of a process should run: the rules that people set, and what follows from them and from what the units use.
 * Pure; apps, releases and the clock are the caller's.
 */
@NullMarked
package io.orizuru.autoscale;

import org.jspecify.annotations.NullMarked;
