/** The process engine: builds and units as isolated processes of this machine. Only here are processes started. */
package io.orizuru.provision.process;
