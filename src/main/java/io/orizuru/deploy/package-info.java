/** Deploys: archives, builds, the versions that they make, and the view of all this as a list of deploys. */
package io.orizuru.deploy;
