/** What a router is and which there are. */
package io.orizuru.router;
