/**
 * Callers that mean harm, against the real server: anonymous ones, tenants, and what tenants run. What takes long is in classes
 * named {@code …Run}, which the profile {@code attack} runs.
 */
package io.orizuru.attack;
