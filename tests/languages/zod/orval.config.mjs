export default {
  conversations: {
    input: "../openapi.yaml",
    output: { target: "schemas.ts", client: "zod", mode: "single" },
  },
};
