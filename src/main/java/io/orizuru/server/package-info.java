/** What a server tells about itself: that it is there, how it is, its metrics, its threads, its API's description. */
package io.orizuru.server;
