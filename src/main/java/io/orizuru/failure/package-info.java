/** The one family of failures that features throw. Knows nothing of HTTP. */
package io.orizuru.failure;
