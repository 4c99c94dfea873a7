/** Keys, encryption at rest, password hashes, token values. A secret prints as three stars. */
package io.orizuru.secret;
