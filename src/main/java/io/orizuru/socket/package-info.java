/** Unix sockets: connections that nobody has who cannot open their file. Reached through the JDK's channels alone. */
@org.jspecify.annotations.NullMarked
package io.orizuru.socket;
