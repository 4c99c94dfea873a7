/** Platforms: what apps can be built for. */
package io.orizuru.platform;
