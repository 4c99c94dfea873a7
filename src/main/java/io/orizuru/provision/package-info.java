/** What an engine is and the reconciler that makes units and routes match what should be. Knows no HTTP API. */
package io.orizuru.provision;
