/**
 * Where is computed on what comes from outside: on few threads of the operating system, a share for each caller, with a limit
 * of time; and patterns, whose cost grows with the text's length and no faster. Knows no feature.
 */
package io.orizuru.compute;
