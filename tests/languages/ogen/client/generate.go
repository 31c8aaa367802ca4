// Package client is generated from the contract.
package client

//go:generate go tool ogen --config ogen.yaml --package client --target . ../../openapi.yaml
