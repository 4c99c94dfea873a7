/** Plans: how much memory and processor time a unit gets. */
package io.orizuru.plan;
