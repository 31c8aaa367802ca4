// Package client is generated from the contract.
package client

//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../openapi.yaml
