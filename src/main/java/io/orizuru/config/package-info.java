/** The settings: flags, environment, file; checked once, at the start. Knows nothing of what they are for. */
package io.orizuru.config;
