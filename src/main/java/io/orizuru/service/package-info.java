/**
 * Services: what people offer to apps by the service API, the instances made of it, and the apps bound to those. Everything
 * that is asked of a service goes through {@link io.orizuru.service.ServiceApi}.
 */
package io.orizuru.service;
